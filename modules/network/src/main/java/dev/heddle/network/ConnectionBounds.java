package dev.heddle.network;

/** How many requests one connection may have under way, and how many bytes of requests and answers. */
record ConnectionBounds(int maxInflight, long maxInflightBytes) {}
