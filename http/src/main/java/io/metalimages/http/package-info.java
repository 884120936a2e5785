/**
 * HTTP, written once: attempts with pauses between them, a limit on how long the other side may be silent, redirects that
 * take no credentials along, bodies of limited size, and downloads that go on where they broke off.
 *
 * <p>Knows no registry, no store and no metal-api, and holds no credentials. Start reading at
 * {@link io.metalimages.http.WebClient}.
 */
@NullMarked
package io.metalimages.http;

import org.jspecify.annotations.NullMarked;
