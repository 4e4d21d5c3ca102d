package dev.heddle.benchmarks;

/**
 * Something that is measured of each broker.
 *
 * @param name what, such as {@code CPU per request}
 * @param unit of the value
 * @param better which values are the better ones
 */
record Metric(String name, String unit, Better better) {

    /** Which of two values one would rather have. */
    enum Better {
        MORE,
        LESS,
        /** It explains other figures, and is none to compare. */
        NEITHER
    }

    static final Metric REQUEST_RATE = more("requests", "1/s");
    static final Metric CPU_PER_REQUEST = less("CPU per request", "µs");
    static final Metric THROUGHPUT = more("throughput", "MB/s");
    static final Metric CPU_PER_MB = less("CPU per MB", "ms");
    static final Metric P50 = less("p50", "ms");
    static final Metric P99 = less("p99", "ms");
    static final Metric P999 = less("p99.9", "ms");
    static final Metric P9999 = less("p99.99", "ms");
    static final Metric RESIDENT = less("resident memory", "MB");
    static final Metric LIVE_HEAP = less("live heap", "MB");

    /** What the broker uses of the machine; with the driver's share beside it one sees which of them is the bottleneck. */
    static final Metric BROKER_CORES = context("broker", "cores");

    static final Metric DRIVER_CORES = context("driver", "cores");

    static Metric more(String name, String unit) {
        return new Metric(name, unit, Better.MORE);
    }

    static Metric less(String name, String unit) {
        return new Metric(name, unit, Better.LESS);
    }

    static Metric context(String name, String unit) {
        return new Metric(name, unit, Better.NEITHER);
    }

    /** A percentile by its name here, of another time than the answer to the request. */
    Metric of(String what) {
        return new Metric(what + " " + name, unit, better);
    }
}
