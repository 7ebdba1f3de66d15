"""Text that takes the place of a file when a download went wrong."""

from __future__ import annotations


def pretender(data: bytes) -> str:
    r"""Names what a file really is when it is one of the usual stand-ins.

    Args:
        data: The file, or its first few hundred bytes.

    Returns:
        `a Git LFS pointer`, `an HTML page`, `a JSON message`, or empty when it is none of these.

    >>> pretender(b"version https://git-lfs.github.com/spec/v1\noid sha256:00")
    'a Git LFS pointer'
    >>> pretender(b"<!DOCTYPE html><html>")
    'an HTML page'
    >>> pretender(b"RIFF....WAVE")
    ''
    """
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer"
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        return "an HTML page"
    if head.startswith((b'{"error', b'{"message', b'{"detail')):
        return "a JSON message"
    return ""
