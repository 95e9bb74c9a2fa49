from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from jobd.errors import AttemptError, VideoIncomplete, VideoRefused
from tests.support.video import every, media, numbered, run, write_video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray


def cut(path: Path, source: Path, share: float) -> Path:
    content = source.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def damaged(
    path: Path, source: Path, hit: Iterable[int], *, stream: int = 0, noise_bytes: int | None = None
) -> Path:
    """A copy with noise in the middle of its packets of these numbers, in decode order."""
    content = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        packets = [p for p in container.demux(container.streams.video[stream]) if p.size]
    for number in hit:
        packet = packets[number]
        assert packet.pos is not None
        count = noise_bytes or packet.size // 2
        begin = packet.pos + (packet.size - count) // 2
        content[begin : begin + count] = np.random.default_rng(number).bytes(count)
    path.write_bytes(content)
    return path


def fast_start(path: Path, source: str) -> Path:
    """A copy of a video with its index in front, as web players want it."""
    with (
        av.open(str(media(source))) as given,
        av.open(str(path), "w", options={"movflags": "faststart"}) as out,
    ):
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return path


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize(
    "name", ["demo_60s_h264.mkv", "ocean_vp8.webm", "av1_small.mkv", "ocean_h264.mp4"]
)
def test_a_file_that_ends_early_may_yet_be_whole(tmp_path: Path, name: str, share: float) -> None:
    with pytest.raises(VideoIncomplete, match="still being written"):
        run(cut(tmp_path / name, media(name), share), 0.1)


def test_a_header_alone_may_yet_be_followed_by_frames(tmp_path: Path) -> None:
    with pytest.raises(VideoIncomplete, match=r"ends at 0.00 s of 10.08 s"):
        run(cut(tmp_path / "a.webm", media("ocean_vp8.webm"), 0.005), 1)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.995])
def test_an_index_in_front_does_not_hide_a_missing_end(tmp_path: Path, share: float) -> None:
    whole = fast_start(tmp_path / "whole.mp4", "ocean_h264.mp4")
    assert run(whole, 0.1).concealed == 0
    with pytest.raises(VideoIncomplete):
        run(cut(tmp_path / "cut.mp4", whole, share), 0.1)


def test_damage_on_the_way_to_a_wanted_frame_is_met_by_decoding_everything(tmp_path: Path) -> None:
    gop = {"x264-params": "keyint=100:min-keyint=100:scenecut=0:bframes=0:log-level=none"}
    sound = write_video(tmp_path / "sound.mp4", every(40, 1000), options=gop)
    video = damaged(tmp_path / "a.mp4", sound, [248, 249, 250])  # 250 is shown at 10 s
    done = run(video, 0.1)
    assert done.ks == [0, 1, 2, 3]
    assert [done.numbers[k] for k in (0, 2, 3)] == [0, 500, 750]
    assert done.concealed == 1
    assert run(damaged(tmp_path / "b.mp4", sound, [30, 330, 630]), 0.1).concealed == 0


@pytest.mark.parametrize(("suffix", "codec"), [("avi", "mpeg4"), ("flv", "libx264")])
def test_other_containers_that_end_early(tmp_path: Path, suffix: str, codec: str) -> None:
    whole = write_video(
        tmp_path / f"whole.{suffix}", range(200), codec=codec, time_base=Fraction(1, 25)
    )
    assert run(whole, 1).facts.wanted == 8
    with pytest.raises(VideoIncomplete):
        run(cut(tmp_path / f"cut.{suffix}", whole, 0.6), 1)


def test_sound_that_goes_on_after_the_picture_is_no_missing_end(tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    with av.open(str(media("demo_60s_h264.mkv"))) as given, av.open(str(path), "w") as out:
        streams = {
            stream.index: out.add_stream_from_template(stream)
            for stream in (given.streams.video[0], given.streams.audio[0])
        }
        for packet in given.demux(list(given.streams)):
            late = packet.stream.type == "video" and (packet.pts or 0) >= 19_900
            if packet.size and not late:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    done = run(path, 1)
    assert (done.facts.wanted, done.concealed) == (20, 0)


def flashing(number: int) -> NDArray[np.uint8]:
    """Every other number inverted, so that no frame resembles the one before; 384 by 288."""
    return np.kron(numbered(flashed(number)), np.ones((6, 6, 1), np.uint8))


def flashed(number: int) -> int:
    return number ^ 0xFFF if number % 2 else number


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("libx264", "mov"), ("mpeg4", "mov"), ("mpeg2video", "mov"), ("msmpeg4", "avi")],
)
def test_for_a_few_damaged_packets_the_last_good_frame_stands_in_and_is_counted(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    whole = write_video(
        tmp_path / f"whole.{suffix}",
        range(60),
        codec=codec,
        draw=flashing,
        time_base=Fraction(1, 25),
        options={"g": "1"},
    )
    done = run(damaged(tmp_path / f"hurt.{suffix}", whole, [25, 41]), 25)
    shown = [24 if n == 25 else 40 if n == 41 else n for n in range(60)]
    assert (done.numbers, done.concealed) == ([flashed(n) for n in shown], 2)


def test_most_single_wrong_bytes_are_noticed(tmp_path: Path) -> None:
    def moving(number: int) -> NDArray[np.uint8]:
        noise = np.random.default_rng(1).integers(0, 255, (72, 300, 1), np.uint8).repeat(3, 2)
        return np.kron(noise[:, number : number + 96], np.ones((4, 4, 1), np.uint8))

    whole = write_video(
        tmp_path / "whole.avi",
        range(60),
        codec="wmv2",
        draw=moving,
        time_base=Fraction(1, 25),
        options={"g": "60"},
    )
    hit = range(2, 60, 3)
    done = run(damaged(tmp_path / "hurt.avi", whole, hit, noise_bytes=1), 25)
    # The decoder left to itself tells of 13 of the 20, with `err_detect` of 19.
    assert 16 <= done.concealed <= len(hit)


@pytest.mark.parametrize("rate_hz", [1, 10])
@pytest.mark.parametrize("name", ["ocean_h264.mp4", "nasa_h264.mp4"])
def test_real_videos_with_damage_still_make_every_image(
    tmp_path: Path, name: str, rate_hz: float
) -> None:
    hit = range(24, 200, 12)
    done = run(damaged(tmp_path / name, media(name), hit, stream=-1), rate_hz)
    assert done.ks == list(range(done.facts.wanted))
    assert 0 < done.concealed <= len(hit)


def test_images_that_damage_does_not_touch_count_nothing(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mkv", every(40, 100), codec="mjpeg", pix_fmt="yuvj420p")
    done = run(damaged(tmp_path / "hurt.mkv", whole, [3, 7]), 1)
    assert (done.numbers, done.concealed) == ([0, 25, 50, 75], 0)


def test_a_damaged_start_does_not_move_time(tmp_path: Path) -> None:
    whole = write_video(
        tmp_path / "whole.mp4", every(40, 100), options={"bf": "0", "g": "25", "sc_threshold": "0"}
    )
    done = run(zeroed(whole, tmp_path / "hurt.mp4", lambda n: n > 1), 1)
    assert done.facts.wanted == 4
    assert done.numbers[1:] == [25, 50, 75]
    assert done.concealed == 1


def zeroed(source: Path, path: Path, keep: Callable[[int], bool]) -> Path:
    """A copy with zeros in the packets that are not kept, like a file not yet filled."""
    content = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    for number, packet in enumerate(packets):
        if not keep(number):
            assert packet.pos is not None
            content[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("codec", ["libx264", "mpeg4", "mjpeg"])
def test_an_end_of_zeros_may_yet_be_filled(tmp_path: Path, codec: str) -> None:
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    whole = write_video(tmp_path / "whole.mov", every(40, 200), codec=codec, pix_fmt=pix_fmt)
    half = zeroed(whole, tmp_path / "half.mov", lambda n: n < 120)
    with pytest.raises(VideoIncomplete, match="cannot be decoded"):
        run(half, 1)


def test_far_fewer_frames_than_promised_are_no_result(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mov", every(40, 200), codec="mjpeg", pix_fmt="yuvj420p")
    sparse = zeroed(whole, tmp_path / "sparse.mov", lambda n: n % 5 == 4)
    with pytest.raises(VideoRefused, match="40 frames of 200"):
        run(sparse, 1)


def test_no_frame_at_all_is_no_result(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mov", every(40, 50), codec="mjpeg", pix_fmt="yuvj420p")
    with pytest.raises(VideoRefused, match="none of the video's 50 frames"):
        run(zeroed(whole, tmp_path / "none.mov", lambda _: False), 1)
    in_pieces = {"movflags": "empty_moov+frag_keyframe"}
    header = write_video(tmp_path / "header.mp4", every(40, 50), container_options=in_pieces)
    content = header.read_bytes()
    header.write_bytes(content[: content.index(b"moof") - 4])
    with pytest.raises(VideoRefused, match="the video has no frames"):
        run(header, 1)


SMALL = ["av1_small.mkv", "iphone_rotated_h264.mov", "nasa_h264.mp4", "ocean_theora.ogv"]


def sprinkled(path: Path, source: Path, chance: np.random.Generator) -> Path:
    """A copy with random bytes at random places, its first eight spared."""
    content = np.frombuffer(source.read_bytes(), np.uint8).copy()
    hits = int(len(content) * chance.choice([0.0001, 0.001, 0.02]))
    content[chance.integers(8, len(content), hits)] = chance.integers(0, 256, hits)
    path.write_bytes(content.tobytes())
    return path


@pytest.mark.parametrize("seed", range(25))
def test_any_damage_ends_in_a_whole_result_or_an_error_of_ours(tmp_path: Path, seed: int) -> None:
    name = SMALL[seed % len(SMALL)]
    path = sprinkled(tmp_path / name, media(name), np.random.default_rng(seed))
    try:
        done = run(path, 10)
    except AttemptError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either end is right
    else:
        assert done.ks == list(range(done.facts.wanted))
        assert done.shares == sorted(done.shares)
