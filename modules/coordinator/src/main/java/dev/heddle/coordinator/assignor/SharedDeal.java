package dev.heddle.coordinator.assignor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/**
 * Deals partitions to members, each to several if there are more members than partitions. One thread uses it, once:
 * {@link #keep} what members have, then {@link #balance}.
 *
 * <p>For maintainers: each partition goes to as many members, rounded up, as there are members for each partition. That
 * makes a number of places, which are spread over the members so that they differ by one at most. Members give up what
 * they have too much of, partitions leave members that they have too many of, and then the places that are free are
 * filled in turn.
 */
final class SharedDeal {

    /** A partition. */
    record Item(Uuid topic, int partition) {}

    private final Map<Item, Set<Integer>> membersOf = new LinkedHashMap<>();
    private final List<Set<Item>> itemsOf = new ArrayList<>();
    private final int[] places;
    private final int sharing;

    /** @param items those that may be dealt */
    SharedDeal(int members, Collection<Item> items) {
        for (Item item : items) membersOf.put(item, new LinkedHashSet<>());
        for (int member = 0; member < members; member++) itemsOf.add(new LinkedHashSet<>());
        sharing = items.isEmpty() ? 0 : Math.ceilDiv(members, items.size());
        places = new int[members];
        long all = (long) sharing * items.size();
        for (int member = 0; member < members; member++) {
            places[member] = (int)
                    (Math.ceilDiv(all * (member + 1), (long) members) - Math.ceilDiv(all * member, (long) members));
        }
    }

    /** The member has this already; it does not count if it may not be dealt any more. */
    void keep(int member, Item item) {
        Set<Integer> members = membersOf.get(item);
        if (members == null) return;
        members.add(member);
        itemsOf.get(member).add(item);
    }

    /** What the member has. */
    Set<Item> itemsOf(int member) {
        return itemsOf.get(member);
    }

    void balance() {
        for (int member = 0; member < places.length; member++) giveUpSurplus(member);
        membersOf.forEach(this::leaveSurplus);
        fill();
    }

    private void giveUpSurplus(int member) {
        Iterator<Item> items = itemsOf.get(member).iterator();
        while (itemsOf.get(member).size() > places[member]) {
            membersOf.get(items.next()).remove(member);
            items.remove();
        }
    }

    private void leaveSurplus(Item item, Set<Integer> members) {
        Iterator<Integer> each = members.iterator();
        while (members.size() > sharing) {
            itemsOf.get(each.next()).remove(item);
            each.remove();
        }
    }

    private void fill() {
        Queue<Integer> free = new ArrayDeque<>();
        for (int member = 0; member < places.length; member++) {
            if (itemsOf.get(member).size() < places[member]) free.add(member);
        }
        membersOf.forEach((item, members) -> fill(item, members, free));
    }

    /** Members that have the item already keep their turn; if all have, it makes do with fewer. */
    private void fill(Item item, Set<Integer> members, Queue<Integer> free) {
        int turns = free.size();
        while (members.size() < sharing && turns-- > 0) {
            int member = free.remove();
            if (members.add(member)) itemsOf.get(member).add(item);
            if (itemsOf.get(member).size() < places[member]) free.add(member);
        }
    }
}
