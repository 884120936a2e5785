package io.metalimages.store.object;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why a store did not do what it was asked to. The message is a sentence that names the object. */
public abstract sealed class StoreException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String sentence;

    private StoreException(String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
        this.sentence = sentence;
    }

    @Override
    public final String getMessage() {
        return sentence;
    }

    /** The reason why a listing broke off, see {@link ObjectStore#list}. */
    public static StoreException in(UncheckedIOException listing) {
        return listing.getCause() instanceof StoreException cause
                ? cause
                : new Unavailable("A listing failed: " + listing.getMessage(), listing);
    }

    /** What the user is told, who can do nothing but {@code again} where the store is to blame. */
    public final FaultException fault(String again) {
        return switch (this) {
            case Refused refused ->
                new FaultException(
                        FaultException.Category.FAILED_WORK,
                        refused.getMessage(),
                        refused.remedy().orElse("Look at the permissions, and at the space that is left."),
                        refused);
            case Unavailable unavailable ->
                remote(unavailable, unavailable.remedy().orElse(again));
            case ContentDamaged damaged -> remote(damaged, again);
            case NoSuchObject missing -> remote(missing, again);
            case ObjectExists present -> remote(present, again);
            case VersionChanged changed -> remote(changed, again);
        };
    }

    private static FaultException remote(StoreException exception, String again) {
        return new FaultException(FaultException.Category.REMOTE_FAULT, exception.getMessage(), again, exception);
    }

    /** There is no object of that key. */
    public static final class NoSuchObject extends StoreException {
        private static final long serialVersionUID = 1L;

        public NoSuchObject(ObjectKey key, String address) {
            super("There is no " + key + " in " + address + ".", null);
        }
    }

    /** There is an object of that key already. It was left as it is. */
    public static final class ObjectExists extends StoreException {
        private static final long serialVersionUID = 1L;

        public ObjectExists(ObjectKey key, String address) {
            super("There is " + key + " already in " + address + ".", null);
        }
    }

    /** The object has another version by now, or is gone. It was left as it is. */
    public static final class VersionChanged extends StoreException {
        private static final long serialVersionUID = 1L;

        public VersionChanged(ObjectKey key, String address) {
            super(key + " in " + address + " was changed by somebody else meanwhile.", null);
        }
    }

    /** What arrived has another checksum than what was to be written. Nothing was written. May succeed when tried again. */
    public static final class ContentDamaged extends StoreException {
        private static final long serialVersionUID = 1L;

        public ContentDamaged(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * The store cannot be reached, or is not able to answer at the moment. May succeed when tried again. What was to be
     * written may have been written all the same: whole, never in part.
     */
    public static final class Unavailable extends StoreException {
        private static final long serialVersionUID = 1L;

        private final boolean progressed;

        @Nullable
        private final String remedy;

        public Unavailable(String message, @Nullable Throwable cause) {
            this(message, null, false, cause);
        }

        private Unavailable(String message, @Nullable String remedy, boolean progressed, @Nullable Throwable cause) {
            super(message, cause);
            this.remedy = remedy;
            this.progressed = progressed;
        }

        /** The same, for what may not be the store's fault: what the user can do about it. */
        public Unavailable withRemedy(String sentence) {
            return new Unavailable(getMessage(), sentence, progressed, getCause());
        }

        /** The same, of an attempt that came farther than all before it. */
        Unavailable afterProgress() {
            return new Unavailable(getMessage(), remedy, true, getCause());
        }

        /** Whether the attempt came farther than all before it, so that going on leads to the end. */
        boolean hasProgressed() {
            return progressed;
        }

        /** The next step to take, if one is known. */
        public Optional<String> remedy() {
            return Optional.ofNullable(remedy);
        }
    }

    /** The store will not do it however often it is asked: no permission, no such bucket, a full disk. Nothing was done. */
    public static final class Refused extends StoreException {
        private static final long serialVersionUID = 1L;

        @Nullable
        private final String remedy;

        public Refused(String message, @Nullable Throwable cause) {
            this(message, null, cause);
        }

        public Refused(String message, @Nullable String remedy, @Nullable Throwable cause) {
            super(message, cause);
            this.remedy = remedy;
        }

        /** The next step to take, if one is known. */
        public Optional<String> remedy() {
            return Optional.ofNullable(remedy);
        }
    }
}
