"""What the emulator says to every call: approved texts under tests/snapshots/emulator."""
