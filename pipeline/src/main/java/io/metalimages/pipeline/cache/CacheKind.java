package io.metalimages.pipeline.cache;

/** The kinds of things in the state directory. */
public enum CacheKind {
    STEP_RESULT("step results", "step result", true),
    FAILED_STEP("failed steps", "failed step", true),
    CACHE_MOUNT("cache mounts", "cache mount", true),
    BLOCK("compressed blocks", "compressed block", true),
    STEP_LOG("step logs", "step log", true),
    STEP_HISTORY("step history", "record of a step", true),
    ARTIFACT_RECORD("artifact records", "artifact record", true),
    BASE("pinned bases", "pinned base", true),
    ACCELERATION("KVM findings", "KVM finding", true),
    /** What the program itself runs on: a JDK, the libraries. */
    PROGRAM("program", "part of the program", false),
    /** What is not from here, or belongs to programs that run. */
    OTHER("other", "other file", false);

    private final String title;
    private final String singular;
    private final boolean removable;

    CacheKind(String title, String singular, boolean removable) {
        this.title = title;
        this.singular = singular;
        this.removable = removable;
    }

    /** In a table: {@code step results}. */
    public String title() {
        return title;
    }

    /** In a sentence: {@code step result}. */
    public String singular() {
        return singular;
    }

    /** Whether such things are ever removed. */
    public boolean removable() {
        return removable;
    }
}
