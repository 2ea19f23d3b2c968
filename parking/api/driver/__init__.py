"""`/api/v1/driver/`: what the mini-program asks for the person who is signed in."""
