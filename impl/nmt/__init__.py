"""Neural machine translation: English to Pig Latin (handout, section 3)."""
