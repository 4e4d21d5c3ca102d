package dev.heddle.benchmarks;

/** What is shown together: each kind has a chart, and a line of each scenario among the strategies. */
enum MetricKind {
    THROUGHPUT("Throughput") {
        @Override
        boolean covers(Metric metric) {
            return metric.better() == Metric.Better.MORE;
        }
    },
    CPU("CPU time") {
        @Override
        boolean covers(Metric metric) {
            return metric.name().startsWith("CPU");
        }
    },
    LATENCY("Times") {
        @Override
        boolean covers(Metric metric) {
            boolean isTime = metric.unit().equals("ms") || metric.unit().equals("µs");
            return isTime && !CPU.covers(metric);
        }
    },
    MEMORY("Memory") {
        @Override
        boolean covers(Metric metric) {
            return metric.unit().endsWith("B");
        }
    };

    private final String title;

    MetricKind(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    abstract boolean covers(Metric metric);
}
