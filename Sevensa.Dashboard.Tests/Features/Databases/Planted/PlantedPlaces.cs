namespace Sevensa.Dashboard.Tests.Features.Databases.Planted;

/// <summary>Places where objects may be made that others find.</summary>
internal static class PlantedPlaces
{
    public static Plant[] All { get; } =
    [
        new(
            "making objects in public",
            "grant create on schema public to public",
            "revoke create on schema public from public",
            "rentguy:creating witcom:creating platform:creating"
        ),
        new(
            "making schemas",
            "grant create on database shared to rentguy_app",
            "revoke create on database shared from rentguy_app",
            "rentguy:creating"
        ),
        new(
            "a search path through another's schema",
            "grant usage on schema witcom to rentguy_app; alter role rentguy_app set search_path = rentguy, witcom",
            "alter role rentguy_app set search_path = rentguy; revoke all on schema witcom from rentguy_app",
            "rentguy:searchPath"
        ),
    ];
}
