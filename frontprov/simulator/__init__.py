"""Microsoft Entra ID's provisioning service, played against any SCIM endpoint.

    tenant    the directory: people and groups, and what happens to them between cycles
    mapping   a person or group -> SCIM attributes, as the setup guide has an admin map them
    dialect   attributes -> request bodies, in the spelling with or without ``aadOptscim062020``
    client    HTTP: the flag, retries, statistics
    users     one person: match, create, compare, update, delete
    groups    one group, and its members
    engine    cycles: users, manager references, groups, memberships
    verify    what the server shows afterwards, against what the tenant says
    run       a whole run; report turns it into a table or JSON

It knows nothing of Frontprov's own tables or code: what it finds out, it finds out over SCIM.
"""
