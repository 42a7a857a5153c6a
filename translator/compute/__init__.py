"""What the machine gives: devices, processes, memory, signals, files."""
