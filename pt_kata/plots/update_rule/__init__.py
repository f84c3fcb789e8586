"""Three ways down a valley, and two fits with every parameter and gradient of every step."""
