"""Service to customers: enquiries, complaints, surveys, and texts that answer before anybody has to ask (P16, P33)."""
