package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.common.Scheduler;
import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.consumer.MemberProfile.Subscription;
import dev.heddle.coordinator.consumer.MetadataHash;
import dev.heddle.coordinator.consumer.ResolvedRegex;
import dev.heddle.coordinator.consumer.SubscribedTopics;
import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.consumer.TopicRegexes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the topics that regular expressions of consumer groups stand for. They are looked up on a background thread, with
 * no lock held, with the eyes of the member that gave rise to it; then the group takes them over under its lock.
 *
 * <p>For maintainers: a group looks all its expressions up at once, so that a new topic makes one rebalance. It does so
 * when there is an expression that it does not know, when topics have been created, and now and then, but not more often
 * than every ten seconds, and once at a time.
 */
final class RegexRefresh {

    private static final Logger LOG = LoggerFactory.getLogger(RegexRefresh.class);

    private static final long MIN_INTERVAL_MS = 10_000;

    /** What has become of a member's regular expression. */
    enum Change {
        NONE,
        /** It has another, whose topics are not known yet. */
        UPDATED,
        /** It has another, whose topics are known, or none any more. */
        RESOLVED
    }

    private final ConsumerContext context;
    private final Scheduler scheduler;

    RegexRefresh(ConsumerContext context, Scheduler scheduler) {
        this.context = context;
        this.scheduler = scheduler;
    }

    /**
     * Notices a changed expression, and has expressions looked up if it is time.
     *
     * @param filter what the member may know of; null if it is not one to look with, having no expression itself
     * @throws dev.heddle.common.AnswerException INVALID_REGULAR_EXPRESSION
     */
    Change update(MemberUpdate update, @Nullable TopicFilter filter) {
        Subscription before = update.before().subscription();
        Subscription after = update.after().subscription();
        ConsumerTurn turn = update.turn();
        SubscribedTopics subscriptions = turn.data().subscriptions();
        boolean isNew = after.hasRegex() && subscriptions.subscribersOf(after.regex()) == 0;
        Change change = Change.NONE;
        if (!before.regex().equals(after.regex())) {
            if (before.hasRegex() && subscriptions.subscribersOf(before.regex()) == 1) {
                turn.add(new ConsumerGroupRecord.Regex(before.regex(), null));
            }
            if (isNew) TopicRegexes.requireValid(after.regex());
            boolean isKnown = after.hasRegex()
                    ? !isNew && turn.data().resolvedRegexes().containsKey(after.regex())
                    : before.hasRegex();
            change = isKnown ? Change.RESOLVED : Change.UPDATED;
        }
        boolean isAffected = isNew || !subscriptions.regexes().isEmpty();
        if (isAffected && filter != null) refreshIfTime(turn, before, after, filter);
        return change;
    }

    private void refreshIfTime(ConsumerTurn turn, Subscription before, Subscription after, TopicFilter filter) {
        Map<String, ResolvedRegex> resolved = turn.data().resolvedRegexes();
        if (turn.consumer().isResolvingRegexes()) return;
        long lastMs = Long.MIN_VALUE;
        long lastVersion = 0;
        for (ResolvedRegex any : resolved.values()) {
            lastMs = any.timestampMs();
            lastVersion = any.version();
            break;
        }
        if (!resolved.isEmpty() && turn.nowMs() <= lastMs + MIN_INTERVAL_MS) return;
        SubscribedTopics afterwards = turn.data().subscriptions().copy();
        afterwards.replace(before, after);
        Set<String> regexes = new HashSet<>(afterwards.regexes());
        boolean isDue = regexes.size() != resolved.size()
                || lastVersion < context.changes().lastCreation()
                || turn.nowMs() > lastMs + context.config().consumer().regexRefreshIntervalMs();
        if (isDue && !regexes.isEmpty()) turn.afterwards(() -> schedule(turn, regexes, filter));
    }

    private void schedule(ConsumerTurn turn, Set<String> regexes, TopicFilter filter) {
        turn.consumer().setResolvingRegexes(true);
        Group group = turn.group();
        scheduler.once("resolve-regexes", 0, () -> resolve(group, turn.consumer(), regexes, filter));
    }

    // ---- on the background thread ----

    private void resolve(Group group, ConsumerGroup consumer, Set<String> regexes, TopicFilter filter) {
        Map<String, ResolvedRegex> resolved = Map.of();
        try {
            resolved = look(regexes, filter);
        } catch (RuntimeException e) {
            // The filter may be anyone's code. The next heartbeat tries again.
            LOG.error("Regular expressions could not be looked up: group={}", group.id(), e);
        }
        group.lock().lock();
        try {
            consumer.setResolvingRegexes(false);
            if (!group.isRemoved() && group.membership() == consumer) takeOver(group, consumer, resolved);
        } catch (HeddleException e) {
            LOG.error("Topics of regular expressions could not be written: group={}", group.id(), e);
        } finally {
            group.lock().unlock();
        }
    }

    private Map<String, ResolvedRegex> look(Set<String> regexes, TopicFilter filter) {
        long nowMs = context.time().milliseconds();
        TopicCatalog catalog = context.topics().catalog();
        Map<String, Set<String>> matches = TopicRegexes.match(regexes, catalog.names());
        Set<String> all = new HashSet<>();
        matches.values().forEach(all::addAll);
        Set<String> visible = filter.visible(all);
        Map<String, ResolvedRegex> resolved = HashMap.newHashMap(matches.size());
        matches.forEach((regex, topics) -> {
            Set<String> seen = new HashSet<>(topics);
            seen.retainAll(visible);
            resolved.put(regex, new ResolvedRegex(seen, catalog.version(), nowMs));
        });
        return resolved;
    }

    private void takeOver(Group group, ConsumerGroup consumer, Map<String, ResolvedRegex> resolved) {
        var turn = new ConsumerTurn(
                group, consumer, context.topics().catalog(), context.time().milliseconds());
        ConsumerGroupData data = consumer.data();
        SubscribedTopics subscriptions = data.subscriptions().copy();
        boolean changed = false;
        for (Map.Entry<String, ResolvedRegex> entry : resolved.entrySet()) {
            String regex = entry.getKey();
            if (data.subscriptions().subscribersOf(regex) == 0) continue;
            ResolvedRegex before =
                    Objects.requireNonNullElse(data.resolvedRegexes().get(regex), ResolvedRegex.NONE);
            Set<String> topics = entry.getValue().topics();
            if (!before.topics().equals(topics)) {
                changed = true;
                subscriptions.replaceResolved(before.topics(), topics);
            }
            turn.add(new ConsumerGroupRecord.Regex(regex, entry.getValue()));
        }
        long hash = MetadataHash.of(subscriptions.topics(), turn.catalog());
        if (changed || hash != data.metadataHash()) {
            int epoch = data.epoch() + 1;
            turn.add(new ConsumerGroupRecord.Epoch(epoch, hash));
            turn.afterwards(context.metrics()::consumerGroupRebalanced);
            turn.afterwards(() -> consumer.lookedAtTopics(turn.catalog().version()));
            LOG.info("A group's regular expressions have other topics: group={}, epoch={}", group.id(), epoch);
        }
        turn.write();
    }
}
