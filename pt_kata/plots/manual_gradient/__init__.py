"""The surface x²y with its gradients, and the error of central differences against the step."""
