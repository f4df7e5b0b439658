"""What people coded already, brought in from files; and codebooks and projects for programs that code."""
