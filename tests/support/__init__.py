"""What several test files share: fakes, a clock, the stack."""
