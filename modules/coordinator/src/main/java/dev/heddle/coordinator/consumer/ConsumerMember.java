package dev.heddle.coordinator.consumer;

import dev.heddle.coordinator.consumer.MemberProfile.ClassicTerms;
import org.jspecify.annotations.Nullable;

/** A member of a consumer group. Immutable. */
public record ConsumerMember(String id, MemberProfile profile, CurrentAssignment current) {

    /** A member that the group does not know yet. */
    public static ConsumerMember joining(String id) {
        return new ConsumerMember(id, MemberProfile.UNKNOWN, CurrentAssignment.JOINING);
    }

    public ConsumerMember with(MemberProfile newProfile) {
        return new ConsumerMember(id, newProfile, current);
    }

    public ConsumerMember with(CurrentAssignment newCurrent) {
        return new ConsumerMember(id, profile, newCurrent);
    }

    public int epoch() {
        return current.epoch();
    }

    public @Nullable String instanceId() {
        return profile.origin().instanceId();
    }

    public MemberProfile.Subscription subscription() {
        return profile.subscription();
    }

    public boolean usesClassicProtocol() {
        return profile.usesClassicProtocol();
    }

    public @Nullable ClassicTerms classic() {
        return profile.classic();
    }
}
