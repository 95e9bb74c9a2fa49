"""What people see of a queue: reads only, beside a daemon or without one."""
