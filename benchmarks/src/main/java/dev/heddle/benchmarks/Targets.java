package dev.heddle.benchmarks;

import static dev.heddle.benchmarks.Target.ratioAtLeast;
import static dev.heddle.benchmarks.Target.ratioAtMost;
import static dev.heddle.benchmarks.Target.valueAtLeast;
import static dev.heddle.benchmarks.Target.valueAtMost;

import java.util.List;

/** What is to be reached, each with the section that tells why it is not, if it is not. Stateless. */
final class Targets {

    private static final String PRODUCE = "the-way-of-a-produce";
    private static final String BATCHES = "60-kb-batches";
    private static final String DISK = "acksall-on-the-disk";
    private static final String CONNECTIONS = "connections";
    private static final String CATCH_UP = "catching-up";
    private static final String JVM_FLAGS = "the-jvms-flags";

    static final List<Target> ALL = List.of(
            ratioAtMost("small produces, CPU per request", "small-8x8", Metric.CPU_PER_REQUEST, 1 / 3.0, PRODUCE),
            ratioAtMost("small produces, CPU per request", "small-200x8", Metric.CPU_PER_REQUEST, 1 / 3.0, PRODUCE),
            ratioAtLeast("small produces, throughput at saturation", "small-8x8", Metric.REQUEST_RATE, 2.5, PRODUCE),
            ratioAtLeast("small produces, throughput at saturation", "small-200x8", Metric.REQUEST_RATE, 2.5, PRODUCE),
            ratioAtMost(
                    "60 kB batches uncompressed, CPU per MB", "batch-none-100", Metric.CPU_PER_MB, 1 / 2.0, BATCHES),
            ratioAtMost(
                    "60 kB batches uncompressed, CPU per MB", "batch-none-1000", Metric.CPU_PER_MB, 1 / 2.0, BATCHES),
            ratioAtLeast("60 kB batches uncompressed, throughput", "batch-none-100", Metric.THROUGHPUT, 1.5, BATCHES),
            ratioAtLeast("60 kB batches uncompressed, throughput", "batch-none-1000", Metric.THROUGHPUT, 1.5, BATCHES),
            ratioAtMost("compressed batches, CPU per MB", "batch-lz4-1000", Metric.CPU_PER_MB, 1 / 1.5, BATCHES),
            ratioAtMost("compressed batches, CPU per MB", "batch-zstd-1000", Metric.CPU_PER_MB, 1 / 1.5, BATCHES),
            ratioAtLeast("catch-up from page cache, MB/s", "catch-up", Metric.THROUGHPUT, 1.2, CATCH_UP),
            ratioAtMost("catch-up from page cache, CPU per MB", "catch-up", Metric.CPU_PER_MB, 1 / 1.3, CATCH_UP),
            ratioAtMost("end-to-end p99 at 50 % load", "mixed", Metric.P99.of("end-to-end"), 1 / 2.0, PRODUCE),
            ratioAtMost("end-to-end p99.9 at 50 % load", "mixed", Metric.P999.of("end-to-end"), 1 / 2.0, PRODUCE),
            ratioAtLeast("connection storm, Kafka's default backlog", "storm-default", Storm.RATE, 20, CONNECTIONS),
            ratioAtLeast("connection storm, equal backlog", "storm-equal", Storm.RATE, 2, CONNECTIONS),
            ratioAtMost("idle connection, resident memory", "connections", Connections.IDLE_RESIDENT, 1, CONNECTIONS),
            ratioAtMost("idle connection, heap", "connections", Connections.IDLE_HEAP, 1, CONNECTIONS),
            valueAtMost("waiting long poll, heap in kB", "connections", Connections.POLL_HEAP, 4, CONNECTIONS),
            valueAtLeast(
                    "slow authorizer, % of undisturbed throughput that the others keep",
                    "slow-authorizer", SlowAuthorization.SHARE, 90, PRODUCE),
            ratioAtMost("start to first answer", "start", Start.START, 1 / 5.0, JVM_FLAGS),
            ratioAtMost("idle memory, resident", "start", Start.IDLE, 1 / 3.0, JVM_FLAGS),
            ratioAtLeast(
                    "durable acks=all, 256 connections, to Kafka without flush",
                    "durable-256",
                    Metric.REQUEST_RATE,
                    1,
                    DISK));

    private Targets() {}
}
