package dev.heddle.log;

import org.jspecify.annotations.Nullable;

/**
 * On what terms records are appended. Immutable.
 *
 * @param origin who appends
 * @param guard shows that a transaction was verified which has no records here yet; null where there is nothing to show
 * @param transactionVersion of a transaction marker: from 2 on, its epoch must be above the producer's (KIP-890)
 */
public record AppendTerms(AppendOrigin origin, @Nullable VerificationGuard guard, short transactionVersion) {

    private static final AppendTerms[] PLAIN = plain();

    private static AppendTerms[] plain() {
        AppendOrigin[] origins = AppendOrigin.values();
        var terms = new AppendTerms[origins.length];
        for (AppendOrigin origin : origins) terms[origin.ordinal()] = new AppendTerms(origin, null, (short) 0);
        return terms;
    }

    /** Nothing but the origin. */
    public static AppendTerms of(AppendOrigin origin) {
        return PLAIN[origin.ordinal()];
    }

    /** Records of a transaction, with what its verification gave. */
    public static AppendTerms verified(AppendOrigin origin, @Nullable VerificationGuard guard) {
        return guard == null ? of(origin) : new AppendTerms(origin, guard, (short) 0);
    }

    /** A transaction marker, which its coordinator has written under that transaction version. */
    public static AppendTerms marker(short transactionVersion) {
        return new AppendTerms(AppendOrigin.COORDINATOR, null, transactionVersion);
    }
}
