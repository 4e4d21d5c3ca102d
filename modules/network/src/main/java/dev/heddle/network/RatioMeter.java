package dev.heddle.network;

import com.codahale.metrics.Meter;

/** A meter of nanoseconds whose rates say which part of the time they make up, as Kafka's do. Any thread may call it. */
final class RatioMeter extends Meter {

    private static final double SECOND_NANOS = 1e9;

    @Override
    public double getMeanRate() {
        return super.getMeanRate() / SECOND_NANOS;
    }

    @Override
    public double getOneMinuteRate() {
        return super.getOneMinuteRate() / SECOND_NANOS;
    }

    @Override
    public double getFiveMinuteRate() {
        return super.getFiveMinuteRate() / SECOND_NANOS;
    }

    @Override
    public double getFifteenMinuteRate() {
        return super.getFifteenMinuteRate() / SECOND_NANOS;
    }
}
