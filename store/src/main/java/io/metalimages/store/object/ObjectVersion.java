package io.metalimages.store.object;

/**
 * Tells one content of an object from any other that it had or will have. Versions of different objects, or from different
 * stores, say nothing about each other.
 *
 * @param value known to the backend alone
 */
public record ObjectVersion(String value) {}
