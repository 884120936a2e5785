package io.metalimages.rack.sandbox;

import java.nio.file.Path;

/**
 * A network namespace of a {@link NetworkSandbox}.
 *
 * @param file what stands for it, by a path that this process can open while the sandbox is open
 */
public record NetworkNamespace(String name, Path file) {}
