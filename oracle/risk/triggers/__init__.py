"""What parametric insurance beyond flights should cost."""
