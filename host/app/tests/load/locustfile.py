"""The original plan's load test: what its users do, how often, and how long they wait in between.

Played by `run`, or by hand: `locust --headless --users 100 --spawn-rate 10 --run-time 5m --host http://localhost:8001`.
With FETTLE_LOAD_WAIT=0 nobody waits between tasks, which shows how much the server can do.
"""

import os

from locust import FastHttpUser, between, constant, task

WAITS = os.environ.get("FETTLE_LOAD_WAIT") != "0"


class DeviceMonitorUser(FastHttpUser):
    wait_time = between(1, 3) if WAITS else constant(0)

    def on_start(self):
        login = {"username": "test_user", "password": "test_pass"}
        answer = self.client.post("/api/v2/auth/login", json=login)
        self.headers = {"Authorization": f"Bearer {answer.json()['data']['access_token']}"}

    @task(3)
    def list_models(self):
        self.client.get("/api/v2/metadata/models", headers=self.headers)

    @task(2)
    def query_realtime(self):
        query = {"model_code": "welding_realtime", "filters": {}, "page": 1, "page_size": 50}
        self.client.post("/api/v2/data/query/realtime", json=query, headers=self.headers)

    @task(1)
    def extract_features(self):
        request = {
            "model_code": "welding_ai_model",
            "device_code": "WLD001",
            "start_time": "2025-11-01T00:00:00",
            "end_time": "2025-11-01T01:00:00",
        }
        self.client.post("/api/v2/ai/features/extract", json=request, headers=self.headers)
