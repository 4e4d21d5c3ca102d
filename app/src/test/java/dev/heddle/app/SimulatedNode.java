package dev.heddle.app;

import java.util.Random;

/** A file or directory of a {@link SimulatedDisk}, by whatever names it can be reached. Guarded by the disk's lock. */
sealed interface SimulatedNode permits SimulatedFile, SimulatedDirectory {

    /** Leaves of the unsynced changes what survives a power cut, here and in all that can still be reached from here. */
    void cutPower(Random random, Survival survival);
}
