/**
 * Reads an artifact back and holds it against the contract: what metal-hammer, the installer and the machine need.
 *
 * <p>Changes nothing. Start reading at {@link io.metalimages.artifact.check.ArtifactCheck}.
 */
@NullMarked
package io.metalimages.artifact.check;

import org.jspecify.annotations.NullMarked;
