"""Section 4: BERT, fine-tuned on verbal arithmetic."""
