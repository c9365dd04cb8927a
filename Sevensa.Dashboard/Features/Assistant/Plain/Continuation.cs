namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>How a wish goes on from another: "restart the api and the worker", "RentGuy" for an answer, "and of the worker?".</summary>
internal sealed class Continuation(FleetNames names)
{
    /// <summary>Something is not said that may have been said before.</summary>
    public static bool IsOpen(IReadOnlyList<Wish> wishes) =>
        wishes.Any(one =>
            one.Stranger is null
            && (
                (one.Kind == WishKind.Unknown && (one.Tenant ?? one.Service ?? one.Path) is not null)
                || (one is { NeedsTenant: true, Tenant: null })
                || (one is { NeedsService: true, Service: null })
            )
        );

    /// <summary>
    /// With what was named later in place of what it named itself. What it waits for holds on, and so does what is not clear until the answer says it.
    /// </summary>
    public Wish Answered(Wish wish, Wish answer) =>
        Completed(
            answer with
            {
                Kind = wish.Kind,
                Said = wish.Said,
                Metric = wish.Metric,
                Text = wish.Text,
                Count = answer.Count ?? wish.Count,
                Condition = wish.Condition,
                Unclear =
                    (wish.Unclear == WishReader.TakenBack && answer.Service is null)
                    || (wish.Unclear == WishReader.NoMoment && answer.When is null)
                        ? wish.Unclear
                    : wish.Kind == WishKind.Rollback ? answer.Unclear
                    : null,
            },
            wish
        );

    /// <summary>A wish of its own, with what was named before. A later time was said of that one alone, and of a whole tenant no service is meant.</summary>
    public Wish GoneOn(Wish wish, Wish before) =>
        Completed(
            wish,
            before with
            {
                Service = IsOfAll(wish) ? null : before.Service,
                When = before.When is { IsFuture: true } ? null : before.When,
            }
        );

    /// <summary>With what another says of tenant and service where it says nothing itself.</summary>
    public Wish Completed(Wish wish, Wish other)
    {
        if (
            wish.Kind is WishKind.Unknown or WishKind.Beyond or WishKind.Help or WishKind.Undo
            || wish.Stranger is not null
        )
        {
            return wish;
        }
        var tenant = wish.Tenant ?? other.Tenant;
        var service = wish.Service ?? (other.Tenant is null || tenant == other.Tenant ? other.Service : null);
        if (tenant is not null && service is not null)
        {
            service = names.ServiceOf(tenant, service) ?? (wish.Service is null ? null : service);
        }
        return wish with
        {
            Tenant = tenant,
            Service = service,
            Path = wish.Path ?? other.Path,
            When = wish.When ?? other.When,
        };
    }

    /// <summary>A clause without a verb of its own goes on with the one before, or is part of it.</summary>
    public void Add(List<Wish> read, Wish clause)
    {
        if (clause.Kind != WishKind.Unknown || read.Count == 0)
        {
            if (read is [{ Kind: WishKind.Unknown } lone])
            {
                // "For rentguy, restart the api."
                read[0] = Completed(clause, IsOfAll(clause) ? lone with { Service = null } : lone) with
                {
                    Said = $"{lone.Said} {clause.Said}",
                    Stranger = clause.Stranger ?? lone.Stranger,
                    Unclear = clause.Unclear ?? (clause.Kind == WishKind.Rollback ? lone.Unclear : null),
                };
                return;
            }
            read.Add(clause);
            return;
        }
        var last = read[^1];
        var goesOn = last.Kind is not (WishKind.Unknown or WishKind.Beyond);
        var isOfAnother = clause.Tenant is not null && last.Tenant is not null && clause.Tenant != last.Tenant;
        if (goesOn && ((clause.Service is not null && last.Service is not null) || isOfAnother))
        {
            read.Add(
                clause with
                {
                    Kind = last.Kind,
                    Metric = last.Metric,
                    Text = last.Text,
                    Count = clause.Count ?? last.Count,
                    Service = clause.Service ?? Counterpart(clause.Tenant, last.Service),
                }
            );
        }
        else if (clause.Metric is not null && last.Kind == WishKind.Figure)
        {
            read.Add(clause with { Kind = last.Kind });
        }
        else
        {
            var merged = last.Kind == WishKind.Unknown ? clause : Completed(last, clause);
            read[^1] = merged with
            {
                Said = $"{last.Said} {clause.Said}",
                Count = last.Count ?? clause.Count,
                Stranger = last.Stranger ?? clause.Stranger,
                Unclear = last.Unclear ?? (last.Kind is WishKind.Rollback or WishKind.Unknown ? clause.Unclear : null),
            };
        }
    }

    private static bool IsOfAll(Wish wish) => wish is { Kind: WishKind.Rollback, Tenant: not null, Service: null };

    /// <summary>"The api of RentGuy and of Witcom": what the other tenant has of that name.</summary>
    private string? Counterpart(string? tenant, string? service) =>
        tenant is not null && service is not null ? names.ServiceOf(tenant, service) ?? service : service;
}
