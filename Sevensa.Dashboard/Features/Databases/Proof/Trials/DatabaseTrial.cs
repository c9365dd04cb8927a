namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>What a tenant's login can do within one database: as itself, and as each role that it has to become first.</summary>
internal static class DatabaseTrial
{
    /// <param name="roles">As the login sees them.</param>
    public static async Task RunAsync(TrialSession session, IReadOnlyList<RoleSeen> roles)
    {
        await TryAsync(session);
        await TryAsLoginAsync(session);
        // Rights that are had only after becoming a role; another tenant's was told of by itself.
        foreach (
            var role in roles.Where(role =>
                role is { MayBecome: true, Inherited: false, Superuser: false }
                && role.Name != session.Login.Role
                && !RoleTrial.IsPowerful(role.Name)
                && session.Another(null, role.Name) is null
            )
        )
        {
            await TryAsync(await session.BecomeAsync(role.Name));
        }
        await OwnRoleTrial.RunAsync(session, roles);
    }

    private static async Task TryAsync(TrialSession session)
    {
        var relations = await Relation.AllAsync(session);
        await TableTrial.TablesAsync(session, relations);
        TableTrial.Sequences(session, relations);
        await RowSecurityTrial.RunAsync(session, relations);
        await DerivedTableTrial.ViewsAsync(session);
        await DerivedTableTrial.InheritanceAsync(session);
        await FunctionTrial.RunAsync(session);
        await LargeObjectTrial.RunAsync(session);
        await ForeignDataTrial.ForeignDataAsync(session);
        await CreationTrial.CreatingAsync(session);
        await GrantTrial.CatalogueAsync(session);
    }

    /// <summary>What another role adds nothing to, or is the login's alone.</summary>
    private static async Task TryAsLoginAsync(TrialSession session)
    {
        await ForeignDataTrial.DblinkAsync(session);
        await ForeignDataTrial.PublicationsAsync(session);
        await GrantTrial.DefaultPrivilegesAsync(session);
        await CodeTrial.TriggersAsync(session);
        await CodeTrial.LeaningAsync(session);
        await CodeTrial.ReferencesAsync(session);
        await CodeTrial.CodeAsync(session);
        await CreationTrial.SearchPathAsync(session);
        await StatementTrial.RunAsync(session);
    }
}
