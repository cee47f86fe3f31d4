"""What a board offers the program: pins, light, buzzer, time, memory. One file per board, one for a computer."""
