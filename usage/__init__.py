"""What calls to models used and cost: counting, pricing, recording, reporting."""
