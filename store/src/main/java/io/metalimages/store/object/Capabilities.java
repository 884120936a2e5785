package io.metalimages.store.object;

/**
 * What a backend can do beyond what every one does.
 *
 * @param conditionalWrites whether {@link ObjectStore#writeIfAbsent} and {@link ObjectStore#replace} look at the condition
 *     and write in one step. If not, two writers at the same moment may both believe that they were alone
 * @param projectsAtOnce whether {@link ObjectStore#project} changes all names of a directory in one step. If not, it
 *     changes them one after the other, each in one step
 */
public record Capabilities(boolean conditionalWrites, boolean projectsAtOnce) {}
