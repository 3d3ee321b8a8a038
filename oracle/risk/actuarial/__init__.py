"""Expected losses: mortality, motor claims, property losses, hospital costs, accidents. Whole numbers throughout."""
