"""Warnings received and issued."""
