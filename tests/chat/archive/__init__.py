"""Tests of chat/archive."""
