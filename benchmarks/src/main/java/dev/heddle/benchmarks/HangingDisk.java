package dev.heddle.benchmarks;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A file system of its own beside what else a broker has, which can be made to hang: what writes to it waits until it is
 * thawed. It needs Linux and root. Any thread may call it; the shutdown hook does.
 *
 * @param of the broker's directory
 */
record HangingDisk(Path of) implements AutoCloseable {

    private static final String NEEDS =
            "needs root, mkfs.ext4, mount, umount and fsfreeze: a file system of its own that hangs; ";

    /** Most of the image is never written, and takes no room. */
    private static final long BYTES = 256L << 20;

    /** Guards what is there, so that nothing is left when the program ends. */
    private static final ReentrantLock LOCK = new ReentrantLock();

    private static final Set<HangingDisk> MOUNTED = new HashSet<>();
    private static final Set<HangingDisk> FROZEN = new HashSet<>();
    private static boolean ending;

    /** A log directory on it. */
    Path logDirectory() {
        return mountPoint().resolve("logs");
    }

    private Path mountPoint() {
        return of.resolve("hanging");
    }

    private Path image() {
        return of.resolve("hanging.img");
    }

    /** Makes it, unless it is there. */
    void mount() throws IOException {
        LOCK.lock();
        try {
            if (ending) throw new IOException("The program ends");
            if (MOUNTED.contains(this)) return;
            Files.createDirectories(mountPoint());
            try (var image = new RandomAccessFile(image().toFile(), "rw")) {
                image.setLength(BYTES);
            }
            run("mkfs.ext4", "-q", "-F", image().toString());
            run("mount", "-o", "loop", image().toString(), mountPoint().toString());
            MOUNTED.add(this);
        } finally {
            LOCK.unlock();
        }
    }

    /** From now on whoever writes to it waits. */
    void freeze() throws IOException {
        LOCK.lock();
        try {
            if (ending) throw new IOException("The program ends");
            FROZEN.add(this);
            tryFreeze();
        } finally {
            LOCK.unlock();
        }
    }

    /** If that fails it may be frozen all the same, such as when the user has interrupted it. */
    private void tryFreeze() throws IOException {
        try {
            run("fsfreeze", "--freeze", mountPoint().toString());
        } catch (IOException e) {
            try {
                thaw();
            } catch (IOException notFrozen) {
                e.addSuppressed(notFrozen);
            }
            throw e;
        }
    }

    /** Lets everyone go on; does nothing if it is not frozen. */
    void thaw() throws IOException {
        LOCK.lock();
        try {
            if (!FROZEN.remove(this)) return;
            run("fsfreeze", "--unfreeze", mountPoint().toString());
        } finally {
            LOCK.unlock();
        }
    }

    /** Removes it; nobody uses it any more. Does nothing if it is not there. */
    @Override
    public void close() throws IOException {
        LOCK.lock();
        try {
            thaw();
            if (MOUNTED.contains(this)) run("umount", "--lazy", mountPoint().toString());
            MOUNTED.remove(this);
        } finally {
            LOCK.unlock();
        }
    }

    /** When the program ends: thaws all, because no process ends that waits for one; nothing is mounted or frozen after that. */
    static void thawAll() {
        LOCK.lock();
        try {
            ending = true;
            for (HangingDisk disk : List.copyOf(FROZEN)) {
                try {
                    disk.thaw();
                } catch (IOException e) {
                    System.err.println(e.getMessage());
                }
            }
        } finally {
            LOCK.unlock();
        }
    }

    /** When the program has ended its brokers. */
    static void closeAll() {
        LOCK.lock();
        try {
            for (HangingDisk disk : List.copyOf(MOUNTED)) {
                try {
                    disk.close();
                } catch (IOException e) {
                    System.err.println(e.getMessage());
                }
            }
        } finally {
            LOCK.unlock();
        }
    }

    private static void run(String... command) throws IOException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes()).strip();
            if (process.waitFor() != 0) throw new IOException(output);
        } catch (IOException e) {
            throw new IOException(NEEDS + String.join(" ", command) + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
