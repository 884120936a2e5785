package io.metalimages.store.channel;

import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.object.AtomicObject;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a store says of itself: {@code metal-os/store.json}. A store that is there has it, or was made by an earlier version
 * of this program and has other objects.
 */
public final class StoreSettings {

    /** Where it is. */
    public static final ObjectKey KEY = StoreLayout.ROOT.resolve("store.json");

    /** Where this project's images are. */
    public static final String USUAL_URL_BASE = "https://images.metal-stack.io";

    private static final int FORMAT = 1;
    private static final String AGAIN = "Run it again.";

    private final RetryingStore store;
    private final AtomicObject<Settings> object;

    /** @param store stays open */
    public StoreSettings(ObjectStore store, Progress progress) {
        this(RetryingStore.reporting(store, progress));
    }

    StoreSettings(RetryingStore store) {
        this.store = store;
        this.object = new AtomicObject<>(store, KEY, Format.JSON);
    }

    /** @param urlBase where the store is for the public */
    private record Settings(boolean present, Optional<PublicUrl> urlBase) {}

    private enum Format implements AtomicObject.Format<Settings> {
        JSON;

        @Override
        public Settings absent() {
            return new Settings(false, Optional.empty());
        }

        @Override
        public Settings parse(byte[] bytes, String origin) {
            try {
                JsonNode root = JsonMapper.shared().readTree(bytes);
                if (root.path("format").asInt(0) == FORMAT) {
                    return new Settings(
                            true,
                            Optional.of(root.path("urlBase").asString(""))
                                    .filter(text -> !text.isEmpty())
                                    .map(PublicUrl::parse));
                }
            } catch (JacksonException | FaultException e) {
                throw damaged(origin, e);
            }
            throw damaged(origin, null);
        }

        private static FaultException damaged(String origin, @Nullable Throwable cause) {
            return new FaultException(
                    FaultException.Category.FAILED_WORK,
                    origin + " is damaged, or was written by a later version of this program.",
                    "Take the latest version; or delete that file, and name --url-base once again.",
                    cause);
        }

        @Override
        public Content content(Settings settings) {
            ObjectNode root = JsonMapper.shared().createObjectNode();
            root.put("format", FORMAT);
            settings.urlBase().ifPresent(base -> root.put("urlBase", base.url()));
            String text = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
            return Content.of(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * Sees to it that nobody makes a store by a slip of the keyboard.
     *
     * @throws FaultException if there is no store
     */
    public void requireThere() {
        try {
            if (!isThere()) {
                throw FaultException.wrongInput(
                        "There is no image store in " + store.address() + ".",
                        "Look at how --store is written. To make a new store there: metal-images publish --create");
            }
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    private boolean isThere() throws StoreException {
        if (store.find(KEY).isPresent()) {
            return true;
        }
        try (Stream<ObjectSummary> objects = store.list(StoreLayout.ROOT.value())) {
            return objects.findFirst().isPresent();
        } catch (UncheckedIOException e) {
            throw StoreException.in(e);
        }
    }

    /** Makes a store, if there is none. */
    public void create() {
        try {
            object.update(settings -> new Settings(true, settings.urlBase()));
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    /** Where the store is for the public, if it was told so. */
    public Optional<PublicUrl> urlBase() {
        try {
            return object.get().urlBase();
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    /** What a command does with an address that it was given. */
    public enum Keeping {
        /** It has to be the one that is kept, if there is one. */
        NOTHING,
        /** It is kept, unless there is another one. */
        FIRST,
        /** It is kept instead of another one. */
        ANY
    }

    /**
     * Where the store is for the public: as given, as kept, or else where this project's images are.
     *
     * @throws FaultException if another one is kept
     */
    public PublicUrl urlBase(Optional<PublicUrl> given, Keeping keeping) {
        if (given.isEmpty()) {
            return urlBase().orElseGet(() -> new PublicUrl(USUAL_URL_BASE));
        }
        if (keeping == Keeping.NOTHING) {
            requireUrlBase(given.get());
        } else {
            keepUrlBase(given.get(), keeping == Keeping.ANY);
        }
        return given.get();
    }

    /**
     * Keeps where the store is for the public.
     *
     * @param change whether another address may be replaced
     * @throws FaultException if there is another one already
     */
    void keepUrlBase(PublicUrl base, boolean change) {
        try {
            object.update(settings -> {
                requireSame(settings.urlBase(), base, change);
                return new Settings(true, Optional.of(base));
            });
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    /**
     * Holds an address against the one that is kept.
     *
     * @throws FaultException if that is another one
     */
    void requireUrlBase(PublicUrl base) {
        requireSame(urlBase(), base, false);
    }

    private void requireSame(Optional<PublicUrl> kept, PublicUrl base, boolean change) {
        if (!change && kept.filter(other -> !other.equals(base)).isPresent()) {
            throw FaultException.wrongInput(
                    store.address() + " is at " + kept.get() + " for the public, and not at " + base + ".",
                    "Leave --url-base out. If the store has moved: metal-images catalog --url-base " + base
                            + " --change-url-base");
        }
    }
}
