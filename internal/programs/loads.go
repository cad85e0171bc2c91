package programs
