package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Many partitions and many connections, as many as a small installation has. */
class ScaleIT extends AgainstABroker {

    @Test
    void aThousandPartitionsAreWrittenAndRead() {
        String topic = newTopic();
        clients.createTopic(topic, 1000);
        var producer = clients.producer(Map.of("linger.ms", "20"));
        List<Future<RecordMetadata>> answers = IntStream.range(0, 1000)
                .mapToObj(
                        partition -> producer.send(new ProducerRecord<>(topic, partition, null, "value-" + partition)))
                .toList();
        answers.forEach(answer -> assertEquals(0, get(answer).offset()));

        var consumer = clients.consumer(Map.of());
        consumer.assign(IntStream.range(0, 1000)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList());
        Set<String> values = new HashSet<>(Clients.values(Clients.poll(consumer, 1000)));
        assertEquals(1000, values.size());
    }

    @Test
    void twoHundredConnectionsAreServedAtOnce() {
        String topic = newTopic();
        clients.createTopic(topic, 4);
        var producers = new ArrayList<KafkaProducer<String, String>>();
        var consumers = new ArrayList<KafkaConsumer<String, String>>();
        for (int i = 0; i < 100; i++) {
            producers.add(clients.producer(Map.of("linger.ms", "0", "buffer.memory", "1000000")));
            consumers.add(clients.consumer(Map.of()));
        }
        var answers = new ArrayList<Future<RecordMetadata>>();
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < producers.size(); i++) {
                answers.add(producers.get(i).send(new ProducerRecord<>(topic, i % 4, null, round + "-" + i)));
            }
        }
        answers.forEach(Clients::get);
        for (int i = 0; i < consumers.size(); i++) {
            KafkaConsumer<String, String> consumer = consumers.get(i);
            consumer.assign(List.of(new TopicPartition(topic, i % 4)));
            assertEquals(125, Clients.poll(consumer, 125).size());
        }
        producers.forEach(KafkaProducer::close);
        consumers.forEach(KafkaConsumer::close);
    }
}
