/**
 * Runs a graph of operations and keeps what each of them made.
 *
 * <p>An {@link io.metalimages.engine.Operation} says what is to be done; the {@link io.metalimages.engine.Solver}
 * does it, each distinct operation once, independent ones side by side, and finds what was done before in
 * {@link io.metalimages.engine.snapshot.SnapshotStore}. The package knows no Dockerfile and never prints: what happens is told to a
 * {@link io.metalimages.engine.Progress}. Start reading at {@link io.metalimages.engine.Solver}.
 */
@NullMarked
package io.metalimages.engine;

import org.jspecify.annotations.NullMarked;
