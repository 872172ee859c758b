BEGIN TRANSACTION;
CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            username TEXT NOT NULL,
            title TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            current_turn_id TEXT
        );
INSERT INTO "conversations" VALUES('conversation-1','ada','Why?','2026-11-22T10:30:00+00:00','turn-2');
CREATE TABLE limits (
            username TEXT NOT NULL,
            conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
            period TEXT NOT NULL,
            usd TEXT NOT NULL
        );
INSERT INTO "limits" VALUES('ada',NULL,'day','0.50');
INSERT INTO "limits" VALUES('ada','conversation-1','ever','3');
CREATE TABLE reservations (
            call_id TEXT PRIMARY KEY,
            instance TEXT NOT NULL,
            username TEXT NOT NULL,
            conversation_id TEXT NOT NULL,
            usd TEXT NOT NULL,
            made_at TEXT NOT NULL,
            is_kept INTEGER NOT NULL
        );
INSERT INTO "reservations" VALUES('call-2','dead','ada','conversation-1','0.01','2026-11-22T10:30:00+00:00',0);
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO "schema_version" VALUES(1);
INSERT INTO "schema_version" VALUES(2);
INSERT INTO "schema_version" VALUES(3);
INSERT INTO "schema_version" VALUES(4);
CREATE TABLE turns (
            id TEXT PRIMARY KEY,
            conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            parent_id TEXT,
            question TEXT NOT NULL,
            model TEXT NOT NULL,
            parameters TEXT NOT NULL,
            created_at TEXT NOT NULL,
            status TEXT NOT NULL,
            reply TEXT NOT NULL,
            reasoning TEXT NOT NULL,
            error TEXT,
            remarks TEXT NOT NULL,
            entry TEXT,
            pending_call TEXT,
            instance TEXT NOT NULL
        , comparison_id TEXT NOT NULL DEFAULT '', is_out INTEGER NOT NULL DEFAULT 1);
INSERT INTO "turns" VALUES('turn-1','conversation-1',NULL,'Why?','priced','{"system_prompt": "", "temperature": null, "top_p": null, "presence_penalty": null, "frequency_penalty": null, "max_output_tokens": null, "reasoning_effort": null, "verbosity": null, "seed": null, "stop": []}','2026-11-22T10:30:00Z','completed','Because.','Hm.',NULL,'["A remark."]','{"call_id": "call-1", "started_at": "2026-11-22T10:30:00Z", "user": "ada", "conversation_id": "conversation-1", "turn_id": "turn-1", "purpose": "reply", "endpoint": "api.example.com", "key_owner": "app", "model": "priced", "resolved_model": null, "status": "completed", "usage": {"input": 100, "cached_input": null, "cache_write": null, "output": 10, "reasoning": null}, "usage_source": "reported", "input_usd_per_mtok": "1", "cached_input_usd_per_mtok": "1", "output_usd_per_mtok": "10", "price_source": "prices.toml", "cost_usd": "0.0002", "first_token_ms": 120, "duration_ms": 900, "service_tier": null, "cache_write_usd_per_mtok": "1", "reasoning_usd_per_mtok": null, "per_request_usd": "0", "estimated_input_tokens": null, "history_tokens": null, "note": "", "corrects": "", "settled_usd": null, "recorded_at": null}',NULL,'dead','',1);
INSERT INTO "turns" VALUES('turn-2','conversation-1','turn-1','How?','priced','{"system_prompt": "", "temperature": null, "top_p": null, "presence_penalty": null, "frequency_penalty": null, "max_output_tokens": null, "reasoning_effort": null, "verbosity": null, "seed": null, "stop": []}','2026-11-22T10:31:00Z','running','So','',NULL,'[]','null','{"id": "call-2", "started_at": "2026-11-22T10:30:00Z", "user": "ada", "conversation_id": "conversation-1", "turn_id": "turn-2", "purpose": "reply", "endpoint": "api.example.com", "price_list": "openai", "key_owner": "app", "model": "priced", "estimated_input_tokens": null, "history_tokens": null, "most_output_tokens": 5}','dead','',1);
CREATE INDEX conversations_by_user ON conversations (username, updated_at);
CREATE INDEX turns_by_conversation ON turns (conversation_id, created_at);
CREATE INDEX turns_pending ON turns (conversation_id) WHERE pending_call IS NOT NULL;
CREATE INDEX limits_by_user ON limits (username);
CREATE INDEX limits_by_conversation ON limits (conversation_id);
COMMIT;
