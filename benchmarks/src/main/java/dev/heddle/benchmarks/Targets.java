package dev.heddle.benchmarks;

import static dev.heddle.benchmarks.Target.ratioAtLeast;
import static dev.heddle.benchmarks.Target.ratioAtMost;

import java.util.List;

/** What is to be reached. Stateless. */
final class Targets {

    static final List<Target> ALL = List.of(
            ratioAtMost("small produces, CPU per request", "small-8x8", Metric.CPU_PER_REQUEST, 1 / 3.0),
            ratioAtMost("small produces, CPU per request", "small-200x8", Metric.CPU_PER_REQUEST, 1 / 3.0),
            ratioAtLeast("small produces, throughput at saturation", "small-8x8", Metric.REQUEST_RATE, 2.5),
            ratioAtLeast("small produces, throughput at saturation", "small-200x8", Metric.REQUEST_RATE, 2.5),
            ratioAtMost("60 kB batches uncompressed, CPU per MB", "batch-none-100", Metric.CPU_PER_MB, 1 / 2.0),
            ratioAtMost("60 kB batches uncompressed, CPU per MB", "batch-none-1000", Metric.CPU_PER_MB, 1 / 2.0),
            ratioAtLeast("60 kB batches uncompressed, throughput", "batch-none-100", Metric.THROUGHPUT, 1.5),
            ratioAtLeast("60 kB batches uncompressed, throughput", "batch-none-1000", Metric.THROUGHPUT, 1.5),
            ratioAtMost("compressed batches, CPU per MB", "batch-lz4-1000", Metric.CPU_PER_MB, 1 / 1.5),
            ratioAtMost("compressed batches, CPU per MB", "batch-zstd-1000", Metric.CPU_PER_MB, 1 / 1.5),
            ratioAtLeast("catch-up from page cache, MB/s", "catch-up", Metric.THROUGHPUT, 1.2),
            ratioAtMost("catch-up from page cache, CPU per MB", "catch-up", Metric.CPU_PER_MB, 1 / 1.3),
            ratioAtMost("end-to-end p99 at 50 % load", "mixed", Metric.P99.of("end-to-end"), 1 / 2.0),
            ratioAtMost("end-to-end p99.9 at 50 % load", "mixed", Metric.P999.of("end-to-end"), 1 / 2.0),
            ratioAtLeast("connection storm, Kafka's default backlog", "storm-default", Storm.RATE, 20),
            ratioAtLeast("connection storm, equal backlog", "storm-equal", Storm.RATE, 2),
            ratioAtMost("idle connection, resident memory", "connections", Connections.IDLE_RESIDENT, 1),
            ratioAtMost("idle connection, heap", "connections", Connections.IDLE_HEAP, 1),
            new Target(
                    "waiting long poll, heap in kB",
                    "connections",
                    Connections.POLL_HEAP.name(),
                    Target.Of.VALUE_AT_MOST,
                    4),
            new Target(
                    "slow authorizer, % of undisturbed throughput that the others keep",
                    "slow-authorizer", SlowAuthorization.SHARE.name(), Target.Of.VALUE_AT_LEAST, 90),
            ratioAtMost("start to first answer", "start", Start.START, 1 / 5.0),
            ratioAtMost("idle memory, resident", "start", Start.IDLE, 1 / 3.0),
            ratioAtLeast(
                    "durable acks=all, 256 connections, to Kafka without flush",
                    "durable-256",
                    Metric.REQUEST_RATE,
                    1));

    private Targets() {}
}
