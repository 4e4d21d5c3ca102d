package dev.heddle.benchmarks;

/**
 * Something that is measured of each broker.
 *
 * @param name what, such as {@code CPU per request}
 * @param unit of the value
 * @param moreIsBetter whether a larger value is the better one
 */
record Metric(String name, String unit, boolean moreIsBetter) {

    static final Metric REQUEST_RATE = new Metric("requests", "1/s", true);
    static final Metric CPU_PER_REQUEST = new Metric("CPU per request", "µs", false);
    static final Metric THROUGHPUT = new Metric("throughput", "MB/s", true);
    static final Metric CPU_PER_MB = new Metric("CPU per MB", "ms", false);
    static final Metric P50 = new Metric("p50", "ms", false);
    static final Metric P99 = new Metric("p99", "ms", false);
    static final Metric P999 = new Metric("p99.9", "ms", false);
    static final Metric RESIDENT = new Metric("resident memory", "MB", false);
}
