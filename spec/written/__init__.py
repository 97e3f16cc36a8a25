"""Written answers: what each question asks for, and whether a statement about it is true."""
