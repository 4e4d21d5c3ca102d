package dev.heddle.coordinator;

/** Looks at a group whose moment has come, and does what is due. Any thread may call it, without a lock. */
final class GroupVisits {

    private final Rebalancing rebalancing;
    private final Fencing fencing;

    GroupVisits(Rebalancing rebalancing, Fencing fencing) {
        this.rebalancing = rebalancing;
        this.fencing = fencing;
    }

    void visit(Expiry.Visit visit) {
        Group group = visit.group();
        group.lock().lock();
        try {
            if (group.isRemoved() || !group.timers().beginVisit(visit.atNanos())) return;
            try {
                switch (group.membership()) {
                    case ClassicGroup classic -> rebalancing.actOnAllDue(group);
                    case ConsumerGroup consumer -> fencing.fenceDue(group, consumer);
                }
            } finally {
                group.timers().endVisit();
            }
        } finally {
            group.lock().unlock();
        }
    }
}
