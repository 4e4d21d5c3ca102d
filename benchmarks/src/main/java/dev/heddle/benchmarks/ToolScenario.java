package dev.heddle.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * One of Apache Kafka's own programs of measurement, with Apache Kafka's clients. They cost more than a broker does, so
 * they tell what applications notice rather than what a broker can do.
 *
 * @param name by which it is told
 * @param tool the class
 * @param what its arguments say, in words
 * @param arguments but for those that say which broker and topic
 * @param needsRecords how many records of 1 kB are there before
 */
record ToolScenario(String name, String tool, String what, List<String> arguments, long needsRecords, Parser parser)
        implements Scenario {

    /** Finds the figures in what a program has printed. */
    interface Parser {
        Map<Metric, Double> parse(List<String> lines) throws IOException;
    }

    static List<Scenario> all() {
        return List.of(
                new ToolScenario(
                        "tool-producer",
                        "ProducerPerformance",
                        "200,000 records of 1 kB as fast as it can, acks=1",
                        List.of(
                                "--num-records=200000",
                                "--record-size=1000",
                                "--throughput=-1",
                                "--command-property",
                                "acks=1"),
                        0,
                        Tool::produced),
                new ToolScenario(
                        "tool-consumer",
                        "ConsumerPerformance",
                        "250,000 records of 1 kB from the page cache",
                        List.of("--num-records=250000", "--timeout=20000"),
                        250_000,
                        Tool::consumed),
                new ToolScenario(
                        "tool-end-to-end",
                        "EndToEndLatency",
                        "1,000 records of 1 kB, each sent when the one before has come, acks=1",
                        List.of("--num-records", "1000", "--producer-acks", "1", "--record-size", "1000"),
                        0,
                        Tool::endToEnd));
    }

    @Override
    public String about() {
        return "Apache Kafka's " + tool + ": " + what;
    }

    /** As long as it takes. */
    @Override
    public Duration time(Duration usual) {
        return Duration.ofSeconds(6);
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        int partitions = tool.equals("EndToEndLatency") ? 1 : 4;
        Topics.create(broker, new NewTopic(name, partitions, (short) 1));
        if (needsRecords > 0)
            Tool.run(
                    "ProducerPerformance",
                    List.of(
                            "--bootstrap-server=" + broker.bootstrap(),
                            "--topic=" + name,
                            "--num-records=" + needsRecords,
                            "--record-size=1000",
                            "--throughput=-1"));
    }

    /** Names and values apart: one of the programs takes five arguments for its old form. */
    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws Exception {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", broker.bootstrap(), "--topic", name));
        all.addAll(arguments);
        Usage usage = Usage.from(broker);
        Map<Metric, Double> found = new LinkedHashMap<>(parser.parse(Tool.run(tool, all)));
        found.put(Metric.less("CPU of the broker", "ms"), usage.until().brokerCpuSeconds() * 1e3);
        return found;
    }
}
