"""Which tokens are pile-up, told by the generated particles that a token refers to."""

from .errors import need


def majority(token, particle, tokens, is_pileup, weight):
    """0 or 1 for each of `tokens` tokens: whether most weight of its particles is pile-up.

    `token` and `particle` are the two ends of each reference, both plain row numbers.
    """
    np = need("numpy")
    share = np.nan_to_num(np.asarray(weight, dtype="f8"), nan=0.0, posinf=0.0, neginf=0.0)
    total = np.bincount(token, weights=share[particle], minlength=tokens)
    pileup = np.bincount(token, weights=(share * is_pileup)[particle], minlength=tokens)
    return (pileup > 0.5 * total).astype("i1")


def by_references(references, unique_id, is_pileup, pt):
    """Tokens that hold ROOT references (TRef or TRefArray) to generated particles, as Delphes writes them.

    `references`: numbers, one or a list a token; `unique_id`, `is_pileup`, `pt`: of the particles. A reference
    to nothing tells nothing.
    """
    ak, np = need("awkward"), need("numpy")
    if references.ndim == 2:
        references = references[:, :, np.newaxis]
    in_event = ak.to_numpy(ak.num(references, axis=1))
    tokens = int(in_event.sum())
    flat = ak.flatten(references, axis=1)
    held = ak.to_numpy(ak.num(flat, axis=1)) if tokens else np.zeros(0, dtype="i8")
    token = np.repeat(np.arange(tokens), held)
    event_of_token = np.repeat(np.arange(len(in_event)), in_event)
    key = keys(event_of_token[token], ak.to_numpy(ak.flatten(flat, axis=1)) if tokens else [])
    particles = ak.to_numpy(ak.num(unique_id, axis=1))
    known = keys(np.repeat(np.arange(len(particles)), particles), ak.to_numpy(ak.flatten(unique_id)))
    order = np.argsort(known, kind="stable")
    at = np.searchsorted(known[order], key).clip(max=max(len(known) - 1, 0))
    found = known[order][at] == key if len(known) else np.zeros(len(key), dtype=bool)
    told = majority(
        token[found],
        order[at[found]] if len(known) else np.zeros(0, dtype="i8"),
        tokens,
        ak.to_numpy(ak.flatten(is_pileup)) != 0,
        ak.to_numpy(ak.flatten(pt)),
    )
    return ak.unflatten(told, in_event)


def keys(event, number):
    """One number for an event and an object in it; the upper byte of ROOT's numbers says which process wrote."""
    np = need("numpy")
    return (np.asarray(event, dtype="i8") << 24) | (np.asarray(number, dtype="i8") & 0xFFFFFF)


def by_links(token_index, particle_index, valid, counts, is_pileup, weight):
    """Tokens that a list of links ties to generated particles, as EDM4hep does; a link has a `weight`.

    `token_index`, `particle_index`: row numbers within the event, one a link; `valid`: links to take;
    `counts`: tokens of each event; `is_pileup`: of the particles.
    """
    ak, np = need("awkward"), need("numpy")
    counts = np.asarray(counts)
    particles = ak.to_numpy(ak.num(is_pileup, axis=1))
    good = (
        valid
        & (token_index >= 0)
        & (token_index < counts)
        & (particle_index >= 0)
        & (particle_index < particles)
    )
    links = ak.to_numpy(ak.sum(good, axis=1)).astype("i8")
    first = lambda sizes: np.repeat(np.cumsum(sizes) - sizes, links)
    flat = lambda values: ak.to_numpy(ak.flatten(values[good]))
    token = flat(token_index) + first(counts)
    particle = flat(particle_index) + first(particles)
    of_link = flat(weight).astype("f8")
    marked = ak.to_numpy(ak.flatten(is_pileup)).astype(bool)[particle]
    told = majority(token, np.arange(len(token)), int(counts.sum()), marked, of_link)
    return ak.unflatten(told, counts)
