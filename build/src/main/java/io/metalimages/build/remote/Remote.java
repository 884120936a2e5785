package io.metalimages.build.remote;

import io.metalimages.engine.Operation;

/**
 * Something that is fetched.
 *
 * @param shown the address without what is secret in it
 * @param source makes a file system of it
 * @param path of what is to be copied, in that file system
 */
public record Remote(String shown, Operation.BaseSource source, String path) {}
