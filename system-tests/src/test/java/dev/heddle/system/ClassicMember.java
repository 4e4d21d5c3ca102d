package dev.heddle.system;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Queue;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * A member of the classic protocol as its client sees it. One thread uses it; a request that may wait does so on a thread
 * and a connection of its own, and its answer goes to an inbox.
 */
final class ClassicMember implements AutoCloseable {

    /** Where it is on its way from joining to its assignment. */
    enum Phase {
        OUT,
        JOINED,
        SYNCED
    }

    /** What it says of itself when it joins. */
    record Terms(int version, String protocolType, List<String> protocols, byte[] metadata) {}

    /** An answer that has come in. */
    record Told(ClassicMember member, RawConnection over, AbstractResponse response) {

        /** Whether it still listens there. */
        boolean isHeard() {
            return member.connection == over;
        }
    }

    private final String name;
    private final String instanceId;
    private final int port;
    private final Queue<Told> inbox;
    private RawConnection connection;

    private String id = "";
    private int generation = -1;
    private Phase phase = Phase.OUT;
    private ApiKeys asked = ApiKeys.JOIN_GROUP;
    private boolean waits;
    private Terms terms;
    private List<String> led = List.of();

    ClassicMember(String name, String instanceId, int port, Queue<Told> inbox) {
        this.name = name;
        this.instanceId = instanceId;
        this.port = port;
        this.inbox = inbox;
    }

    String name() {
        return name;
    }

    String instanceId() {
        return instanceId;
    }

    String id() {
        return id;
    }

    int generation() {
        return generation;
    }

    Phase phase() {
        return phase;
    }

    /** Whether it has asked something that is not answered yet. */
    boolean waits() {
        return waits;
    }

    /** Whether it has brought the assignment, which is written down: that takes a moment and nobody else. */
    boolean waitsAsLeader() {
        return waitsForItsAssignment() && !led.isEmpty();
    }

    boolean waitsForItsAssignment() {
        return waits && asked == ApiKeys.SYNC_GROUP;
    }

    Terms terms() {
        return terms;
    }

    void setTerms(Terms terms) {
        this.terms = terms;
    }

    /** The members that it is to give something; none if it does not lead. */
    List<String> led() {
        return led;
    }

    // ---- what it asks ----

    void ask(ApiKeys api, int version, ApiMessage request) {
        if (connection == null) connection = new RawConnection(port, name);
        RawConnection over = connection;
        waits = true;
        asked = api;
        RequestHeader sent = over.send(api, (short) version, request);
        Thread.ofVirtual().start(() -> {
            try {
                inbox.add(new Told(this, over, over.answer(sent)));
            } catch (UncheckedIOException hungUp) {
                // It asks again elsewhere, or the story is over.
            }
        });
    }

    /** Goes away without a word; it may ask again on another connection. */
    void hangUp() {
        close();
        waits = false;
    }

    // ---- what it is told ----

    void isAnswered() {
        waits = false;
    }

    void isGiven(String memberId) {
        id = memberId;
        phase = Phase.OUT;
    }

    void hasJoined(String memberId, int inGeneration, List<String> toLead) {
        id = memberId;
        generation = inGeneration;
        led = toLead;
        phase = Phase.JOINED;
    }

    void hasSynced() {
        phase = Phase.SYNCED;
    }

    void mustJoinAgain() {
        phase = Phase.OUT;
    }

    /** Nobody knows it any more. */
    void isForgotten() {
        id = "";
        phase = Phase.OUT;
    }

    @Override
    public void close() {
        if (connection != null) connection.close();
        connection = null;
    }
}
