"""What programs in other languages compile against."""
