package dev.heddle.metadata;

/** The machine stops in the middle of a call. Nothing may catch it. */
final class PowerCut extends Error {
    PowerCut() {
        super("power cut", null, false, false);
    }
}
