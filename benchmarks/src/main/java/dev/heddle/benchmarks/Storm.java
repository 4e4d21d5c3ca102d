package dev.heddle.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * All connect at the same moment, as after a restart, and ask for the versions of the broker's APIs.
 *
 * @param name by which it is told
 * @param backlog {@code socket.listen.backlog.size} of both brokers; 0 leaves each its default
 */
record Storm(String name, int backlog) implements Scenario {

    private static final int CONNECTIONS = 5_000;

    /** Where the backlog overflows, the kernel repeats connects after 1, 2, 4… seconds: the longer, the slower. */
    private static final Duration AT_MOST = Duration.ofSeconds(6);

    static final Metric RATE = Metric.more("connections answered", "1/s");
    private static final Metric HALF = Metric.less("until half are answered", "ms");
    private static final Metric ALL = Metric.less("until 99 % are answered", "ms");
    private static final Metric CPU = Metric.less("CPU per connection", "µs");
    private static final Metric ANSWERED = Metric.context("answered in time", "%");

    @Override
    public String about() {
        String which = backlog == 0 ? "each broker's default backlog" : "a backlog of " + backlog + " in both";
        return String.format("%,d connect as fast as possible and ask for ApiVersions, at %s", CONNECTIONS, which);
    }

    @Override
    public Setting setting() {
        return backlog == 0
                ? Setting.PRODUCTION
                : Setting.PRODUCTION.with("socket.listen.backlog.size", Integer.toString(backlog));
    }

    /** One storm after another, until the time is over; the figures are of all of them together. */
    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws IOException {
        var answers = new Histogram(3);
        int storms = 0;
        double seconds = 0;
        Usage usage = Usage.from(broker);
        do {
            long from = System.nanoTime();
            try (var crowd = new Crowd(broker.port(), Frames.apiVersions())) {
                answers.add(crowd.grow(CONNECTIONS, CONNECTIONS, AT_MOST));
                seconds += (System.nanoTime() - from) / 1e9;
            }
            storms++;
        } while (seconds < time.toNanos() / 1e9);
        return metrics(answers, storms, seconds, usage.until());
    }

    private static Map<Metric, Double> metrics(Histogram answers, int storms, double seconds, Usage.Used used)
            throws IOException {
        long answered = answers.getTotalCount();
        long asked = (long) storms * CONNECTIONS;
        if (answered == 0) throw new IOException("Nobody was answered");
        Map<Metric, Double> found = new LinkedHashMap<>();
        found.put(RATE, answered / seconds);
        // Those who were not answered count as answered when the measurement ended, which is too good for them.
        double end = seconds / storms * 1e3;
        found.put(HALF, until(answers, asked, 50, end));
        found.put(ALL, until(answers, asked, 99, end));
        found.put(CPU, used.brokerMicrosPer(answered));
        found.put(ANSWERED, 100.0 * answered / asked);
        used.addTo(found);
        return found;
    }

    /** @return milliseconds until so many percent of those who asked were answered */
    private static double until(Histogram answers, long asked, double percent, double end) {
        double wanted = percent / 100 * asked;
        if (answers.getTotalCount() < wanted) return end;
        return Crowd.at(answers, 100 * wanted / answers.getTotalCount(), TimeUnit.MILLISECONDS);
    }
}
